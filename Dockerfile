# dino in a container: the one binary, no shell, no root.
#
#   docker build -t dino .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" dino pretrain --data photos --out run
#
# Folders are named relative to /data. With --user what is written belongs to you; without it, to
# user 65532, who must be allowed to write there.

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN GOEXPERIMENT=simd CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /out/dino ./cmd/dino \
	&& mkdir -m 1777 /out/tmp

FROM scratch
COPY --from=build /out/dino /dino
COPY --from=build /out/tmp /tmp
USER 65532:65532
WORKDIR /data
ENTRYPOINT ["/dino"]

#!/bin/sh
# Lays corpora of images that others test their decoders with into a folder, and prints the
# folders, with colons between them: the test images of Pillow and imageio from their source
# distributions, those of Go's standard library and of golang.org/x/image. What cannot be had is
# passed over, and said on standard error.
#
#   tools/corpus.sh FOLDER PYTHON
set -u
home=$1 python=$2
mkdir -p "$home"
dirs=""

add() { # a folder that is there
	if [ -d "$1" ]; then dirs="$dirs:$1"; else echo "corpus: no $1" >&2; fi
}

sdist() { # the source distribution of a package of a version, and the folder in it
	name=$1 version=$2 folder=$3
	if [ ! -d "$home/$name-$version" ]; then
		"$python" -m pip download -q --no-deps --no-binary :all: --no-build-isolation -d "$home" \
			"$name==$version" >&2 2>/dev/null
		archive=$(ls "$home"/*.tar.gz 2>/dev/null | grep -i "$(echo "$name" | tr - .)-$version" | head -n 1)
		if [ -z "$archive" ]; then
			echo "corpus: the source distribution of $name $version cannot be had" >&2
			return
		fi
		mkdir -p "$home/$name-$version" && tar xzf "$archive" -C "$home/$name-$version" --strip-components 1
	fi
	add "$home/$name-$version/$folder"
}

module() { # a Go module of a version, and the folder in it
	path=$(cd "$home" && go mod download -json "$1@$2" 2>/dev/null | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
	if [ -z "$path" ]; then echo "corpus: the module $1 $2 cannot be had" >&2; else add "$path/$3"; fi
}

"$python" -m pip install -q pybind11 setuptools wheel >&2 2>/dev/null
sdist pillow 13.0.0 Tests
sdist imageio 2.37.0 .
module golang.org/x/image v0.47.0 testdata
root=$(go env GOROOT)
add "$root/src/image"
echo "$dirs" | cut -c2-

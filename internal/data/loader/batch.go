package loader

import (
	"sync"
	"sync/atomic"
)

// channels is the number of planes of a view: red, green, blue.
const channels = 3

// Batch holds the views of one step's images. It belongs to the caller until
// Release.
type Batch struct {
	Step, Epoch int
	// Index names the image in every place of the batch, [B]; -1 where one was
	// left out (Config.LeaveOut).
	Index []int
	// Views holds view v of all images at v: [B, 3, H, W], row-major.
	Views [][]float32
	// Bad are the images found undecodable for the first time in this batch.
	Bad []BadImage

	places  []place
	pending atomic.Int64  // places not yet filled
	done    chan struct{} // closed when there is none
	buffers *bufferPool
}

// place is what a worker reports about one place of a batch.
type place struct {
	bad []BadImage // images tried in vain, in order
	err error      // why there is nothing in the place
}

// Release gives the batch's memory back to the loader. Views must not be used
// afterwards; calling Release again does nothing.
func (b *Batch) Release() {
	if b.Views != nil {
		b.buffers.put(b.Views)
		b.Views = nil
	}
}

// view returns the part of every view that belongs to one place.
func (b *Batch) view(at int) [][]float32 {
	parts := make([][]float32, len(b.Views))
	for v, all := range b.Views {
		n := len(all) / len(b.Index)
		parts[v] = all[at*n : (at+1)*n : (at+1)*n]
	}
	return parts
}

// filled records that one more place is.
func (b *Batch) filled() {
	if b.pending.Add(-1) == 0 {
		close(b.done)
	}
}

// bufferPool keeps the memory of released batches. It holds no more than were
// in use at once.
type bufferPool struct {
	sizes []Size

	mu   sync.Mutex
	free [][][]float32
}

// get returns buffers for the views of n images, uninitialised.
func (p *bufferPool) get(n int) [][]float32 {
	views := p.take()
	for v, size := range p.sizes {
		need := n * channels * size.Height * size.Width
		if cap(views[v]) < need {
			views[v] = make([]float32, need)
		}
		views[v] = views[v][:need]
	}
	return views
}

func (p *bufferPool) take() [][]float32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		views := p.free[n-1]
		p.free = p.free[:n-1]
		return views
	}
	return make([][]float32, len(p.sizes))
}

func (p *bufferPool) put(views [][]float32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, views)
}

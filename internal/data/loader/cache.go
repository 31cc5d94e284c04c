package loader

import (
	"sync"

	"github.com/dino-go/dino/augment"
)

// cache keeps decoded images until its budget is used up, and then keeps those
// it has: an epoch meets every image once, in a new order, so an image that
// would be evicted is as likely to be needed as the one that replaces it. It
// also remembers which images cannot be decoded. It is safe for concurrent use.
type cache struct {
	mu     sync.Mutex
	left   int64 // bytes of the budget
	images map[int]*augment.Image
	bad    map[int]string // why the image cannot be decoded
}

func newCache(budget int64, known []BadImage) *cache {
	c := &cache{left: budget, images: map[int]*augment.Image{}, bad: map[int]string{}}
	for _, b := range known {
		c.bad[b.Image] = b.Reason
	}
	return c
}

// get returns what is known of an image: its pixels, or why it has none, or
// neither.
func (c *cache) get(image int) (img *augment.Image, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.images[image], c.bad[image]
}

// put keeps an image if there is room for it.
func (c *cache) put(image int, img *augment.Image) {
	size := int64(len(img.Pix))
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, present := c.images[image]; present || size > c.left {
		return
	}
	c.images[image] = img
	c.left -= size
}

func (c *cache) putBad(image int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bad[image] = reason
}

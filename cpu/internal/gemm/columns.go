package gemm

// columns is how the columns of a matrix are cut into panels, which are as wide as the tiles of the
// kernels: of one to three vectors each, as even as possible, the wider ones first. The last vector
// may have fewer columns than lanes.
type columns struct {
	n, lanes int
	vecs     int // in all
	panels   int
	width    int // vectors of the wider panels; the others have one less
	wide     int // number of wider panels
}

func cut(n, lanes, most int) columns {
	vecs := (n + lanes - 1) / lanes
	panels := (vecs + most - 1) / most
	width := (vecs + panels - 1) / panels
	return columns{n: n, lanes: lanes, vecs: vecs, panels: panels, width: width, wide: vecs - panels*(width-1)}
}

// start is the vector at which a panel begins; start(panels) is their number.
func (c *columns) start(panel int) int { return panel*c.width - max(0, panel-c.wide) }

// vectors is the width of a panel.
func (c *columns) vectors(panel int) int {
	if panel < c.wide {
		return c.width
	}
	return c.width - 1
}

// same is the end of the run of panels before `end` that begins at `panel` and has panels of one
// width.
func (c *columns) same(panel, end int) int {
	if panel < c.wide {
		return min(end, c.wide)
	}
	return end
}

// count is the number of columns in panels p0 to p1−1.
func (c *columns) count(p0, p1 int) int {
	return min(c.start(p1)*c.lanes, c.n) - c.start(p0)*c.lanes
}

// lastLanes is the number of columns in the last vector of the panels before `end`.
func (c *columns) lastLanes(end int) int {
	if end < c.panels || c.n%c.lanes == 0 {
		return c.lanes
	}
	return c.n % c.lanes
}

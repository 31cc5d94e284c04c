package weights

// OpenPTHBytes is [OpenPTH] of a file in memory.
func OpenPTHBytes(data []byte) (*PTH, error) { return newPTH("(memory)", memoryRegion(data)) }

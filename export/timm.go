package export

// writeTimm writes the backbone under timm's names, which are ours.
func writeTimm(path string, s selection) ([]string, error) {
	metadata, err := s.metadata()
	if err != nil {
		return nil, err
	}
	return nil, writeTensors(path, s.backbone, metadata)
}

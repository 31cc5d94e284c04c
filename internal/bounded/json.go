package bounded

// JSON checks that a text, if it is JSON, nests its values at most [MaxDepth] deep. Whether it is
// JSON is left to the parser.
func JSON(text []byte) error {
	depth, line, quoted := 0, 1, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			line++
		case quoted && c == '\\':
			i++ // what follows is no end of the string
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[', c == '{':
			if depth++; depth > MaxDepth {
				return errDepth(line)
			}
		case c == ']', c == '}':
			depth--
		}
	}
	return nil
}

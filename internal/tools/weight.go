package tools

// BytesPerToken is how many bytes make a token of a model's context, by a rule of thumb: one for the pages, the tests and the benchmarks.
const BytesPerToken = 4

// Tokens estimates what a model reads of the tool before its first call: name, description and input schema.
func (s *Spec) Tokens() int {
	return (len(s.Name) + len(s.Description) + len(s.Input().Text())) / BytesPerToken
}

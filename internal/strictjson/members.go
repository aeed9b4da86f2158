package strictjson

// Members calls each with every member of the object data, in order: its decoded name and the text of its value, which
// alias data where they can. It returns false, having called nothing, when data is not an object. data must have passed
// Check, or be part of a text that did.
func Members(data []byte, each func(name, value []byte)) bool {
	if len(data) == 0 {
		return false
	}
	c := cursor{data: data}
	if c.next() != '{' {
		return false
	}
	c.members(func(name []byte) { each(name, c.skip()) })
	return true
}

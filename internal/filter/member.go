package filter

// Member holds when the record is in the audience of the id. It has no JSON form: who is in an audience may be asked for, but no audience is made of
// another one.
type Member struct{ Audience string }

func (Member) isNode() {}

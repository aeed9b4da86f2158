package api

// WithoutMember is tried by itself, since no request shows what was hashed.
var WithoutMember = withoutMember

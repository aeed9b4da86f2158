// Package settings is what the admins of a workspace chose, section by section: versioned, checked before it is kept, logged with before and after,
// and with secrets that can be written and never read.
package settings

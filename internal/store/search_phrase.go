package store

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"modernc.org/sqlite"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/text"
)

// phraseFunction is text.PhraseIn within SQLite. PostgreSQL has phrasePattern.
const phraseFunction = "unstuck_phrase"

func init() {
	sqlite.MustRegisterDeterministicScalarFunction(phraseFunction, 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		folded, isText := args[0].(string)
		phrase, ok := args[1].(string)
		return isText && ok && text.PhraseIn(folded, phrase), nil
	})
}

// phrasePattern is text.PhraseIn as a regular expression of PostgreSQL. It names every letter and digit itself, since the server's own classes
// depend on its locale.
func phrasePattern(phrase string) string {
	words := strings.Fields(phrase)
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	c := classes()
	return `(?:^|[^` + c.word + `])` + strings.Join(words, `[`+c.space+`]+`) + `(?:$|[^` + c.word + `])`
}

type charClasses struct{ word, space string }

// classes returns what text.IsWord and unicode.IsSpace take, as ranges of code points.
var classes = sync.OnceValue(func() charClasses { return charClasses{ranges(text.IsWord), ranges(unicode.IsSpace)} })

func ranges(is func(rune) bool) string {
	var b strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !is(r) {
			continue
		}
		first := r
		for r < unicode.MaxRune && is(r+1) {
			r++
		}
		fmt.Fprintf(&b, `\U%08x-\U%08x`, first, r)
	}
	return b.String()
}

// indexed returns what a phrase demands of the text index, followed by AND, or nothing for a field that is not in it: few records are left to look
// through.
func (c *compiler) indexed(at subject, l filter.Leaf) string {
	part, ok := search.PartOf(at.kind, l.Field.Name)
	phrase, _ := l.Values[0].(string)
	words := text.Unique(text.Tokens(phrase))
	if !ok || c.short == 0 || len(words) == 0 {
		return ""
	}
	all := search.And{}
	for _, w := range words {
		all = append(all, search.Word{Token: search.Token(c.short, part, w)})
	}
	return c.dia.text.holds(tables[at.kind], at.alias, c.arg(c.dia.text.expression(all))) + ` AND `
}

// asksIndex reports whether a condition would be answered by the text index.
func asksIndex(k filter.Kind, n filter.Node) bool {
	return filter.Some(k, n, func(k filter.Kind, l filter.Leaf) bool {
		_, ok := search.PartOf(k, l.Field.Name)
		return ok && l.Op == filter.Phrase
	})
}

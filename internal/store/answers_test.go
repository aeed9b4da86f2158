package store_test

import (
	"flag"
	"testing"

	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
)

var (
	answers    = flag.Int("answers", 300, "how many questions TestAnswersAgree asks")
	answerSeed = flag.Uint64("answers-seed", 1, "seed of the records that TestAnswersAgree makes up")
)

// TestAnswersAgree asks both engines random questions about the same made-up records, and works each answer out in plain Go.
func TestAnswersAgree(t *testing.T) {
	pgtest.Server(t)
	storetest.MadeUpAnswers(t, openSQLite(t), openPostgres(t), *answerSeed, *answers)
}

package store_test

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
)

// TestInsightsAgree asks both engines random questions for figures, and works each answer out in plain Go.
func TestInsightsAgree(t *testing.T) {
	pgtest.Server(t)
	storetest.InsightsAgree(t, openSQLite(t), openPostgres(t))
}

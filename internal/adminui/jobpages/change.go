package jobpages

import (
	"fmt"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
)

func (c Config) cancel(r *ui.Request) error {
	j, err := c.Jobs.Cancel(r.Context(), by(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	sentence := "The job was canceled. Records that were begun are finished."
	if j.State.Final() && j.StopReason != string(j.State) {
		sentence = "The job had ended already."
	}
	return r.Done(sentence, jobPath(j.ID, "", ""))
}

// price shows what a retry would do before it is begun.
func (c Config) price(r *ui.Request) error {
	j, err := c.find(r)
	if err != nil {
		return err
	}
	outcome := retried(r.URL.Query().Get("outcome"))
	p, err := c.Jobs.RetryPrice(r.Context(), r.Workspace.ID, j.ID, outcome)
	if err != nil {
		return cannot(err)
	}
	return r.Page(retryView{Job: j, Outcome: outcome, Records: p.Total, Price: *p.Quote, Left: p.CreditsBalance}.page())
}

func (c Config) retry(r *ui.Request) error {
	j, err := c.Jobs.Retry(r.Context(), by(r), r.PathValue("id"), retried(r.Value("outcome")))
	if err != nil {
		return cannot(err)
	}
	return r.Done(fmt.Sprintf("A new job was begun over %s.", records(j.Total)), jobPath(j.ID, "", ""))
}

// retried returns which records a retry is about.
func retried(outcome string) string {
	if outcome == enrich.Skipped {
		return enrich.Skipped
	}
	return enrich.Failed
}

// by is on whose behalf a job is changed; the key is the job's own.
func by(r *ui.Request) enrich.Caller {
	return enrich.Caller{WorkspaceID: r.Workspace.ID, Actor: r.Actor()}
}

// cannot says of a job's key what would be said of the reader's own otherwise.
func cannot(err error) error {
	why := map[fault.Code]string{
		fault.KeyRevoked: "was revoked", fault.KeyExpired: "has expired", fault.FeatureNotAllowed: "is paused, since the plan of the workspace does not include API keys",
	}[fault.CodeOf(err)]
	if why == "" {
		return err
	}
	return ui.Refuse(http.StatusConflict, "Not retried", "The API key of the job %s. Start a new job over the records with another key.", why)
}

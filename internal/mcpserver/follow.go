package mcpserver

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// How long a call follows a job, and how often it looks. Clients give a call a minute by default.
const (
	followFor   = 50 * time.Second
	followEvery = time.Second
)

// follows reports whether the answer of the operation is a job that goes on after it.
func follows(spec *tools.Spec) bool {
	return spec == tools.EnrichRecords.Spec || spec == tools.GetEnrichmentJob.Spec
}

// follower watches a job on behalf of a client that wants to be told of its progress.
type follower struct {
	*Server
	c    *caller
	args json.RawMessage // of the call that reads the job
	told int64           // records done when the client was last told; -1 before
}

// follow tells the client of the progress of the job in body, until the job is over, the time is, or nobody waits any more. It returns the job as it
// is then. The error is that of a key that died meanwhile; what else keeps the job from being read passes.
func (s *Server) follow(ctx context.Context, c *caller, spec *tools.Spec, body []byte) ([]byte, error) {
	f := follower{s, c, c.args, -1}
	job, going := f.job(body)
	if spec != tools.GetEnrichmentJob.Spec {
		f.args = mustWrite(map[string]any{"id": job.ID, "limit": 0})
	}
	end := time.NewTimer(s.followFor)
	defer end.Stop()
	tick := time.NewTicker(s.followEvery)
	defer tick.Stop()
	for going {
		f.tell(job)
		select {
		case <-ctx.Done():
			return body, nil
		case <-s.leaving:
			return body, nil
		case <-end.C:
			return body, nil
		case <-tick.C:
		}
		resp, err := c.client.Do(ctx, c.key, tools.GetEnrichmentJob.Spec, f.args, c.options())
		if apiclient.Dead(err) {
			s.learn(c, fault.From(err))
			return nil, err
		}
		if err == nil {
			body = resp.Body
			job, going = f.job(body)
		}
	}
	f.tell(job)
	return body, nil
}

// job reads an answer and reports whether there is something to wait for, which a quote and a job that is over are not.
func (f *follower) job(body []byte) (job wire.EnrichmentJob, going bool) {
	err := json.Unmarshal(body, &job)
	return job, err == nil && job.ID != "" && !job.State.Final()
}

// tell sends a notification if more records are done than when the last one was sent.
func (f *follower) tell(job wire.EnrichmentJob) {
	done := job.Total - job.Remaining
	if job.ID == "" || done <= f.told {
		return
	}
	f.told = done
	message := fmt.Sprintf("%d of %d records: %d enriched, %d missed, %d failed; %d credits", done, job.Total, job.Enriched, job.Missed, job.Failed, job.CreditsUsed)
	f.c.notify(mustWrite(map[string]any{"jsonrpc": "2.0", "method": "notifications/progress", "params": map[string]any{
		"progressToken": f.c.progress, "progress": done, "total": job.Total, "message": message,
	}}))
}

package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/waitlists"
)

const subscriberColumns = `id, email, joined_at, referral_code, referral_count, priority, COALESCE(referred_by, ''), lifted`

func scanSubscriber(row Row) (s waitlists.Subscriber, err error) {
	var joined int64
	err = row.Scan(&s.ID, &s.Email, &joined, &s.ReferralCode, &s.ReferralCount, &s.Priority, &s.ReferredBy, &s.Lifted, &s.Position)
	s.JoinedAt = fromMicros(joined)
	return s, err
}

// InsertSubscriber implements waitlists.Line. Of rivals with one email the unique key lets one through; the others wait for it.
func (db *DB) InsertSubscriber(ctx context.Context, workspaceID, waitlistID string, s waitlists.Subscriber) (added bool, err error) {
	err = db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		n, err := q.Exec(ctx, `INSERT INTO subscribers (workspace_id, waitlist_id, id, email, joined_at, referral_code, referral_count, priority, referred_by, lifted)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
			waitlistID, s.ID, s.Email, s.JoinedAt.UnixMicro(), s.ReferralCode, s.ReferralCount, s.Priority, optional(s.ReferredBy), s.Lifted)
		added = n == 1
		return op(err, "insert a subscriber")
	})
	return added, err
}

// SubscriberID implements waitlists.Line.
func (db *DB) SubscriberID(ctx context.Context, workspaceID, waitlistID, email string) (id string, err error) {
	err = db.Workspace(workspaceID).q(ctx).QueryRow(ctx, `SELECT id FROM subscribers WHERE workspace_id = $1 AND waitlist_id = $2 AND email = $3`, waitlistID, email).Scan(&id)
	return id, op(err, "look up a subscriber")
}

// ReferrerID implements waitlists.Line.
func (db *DB) ReferrerID(ctx context.Context, workspaceID, waitlistID, code string) (id string, err error) {
	err = db.Workspace(workspaceID).q(ctx).QueryRow(ctx, `SELECT id FROM subscribers WHERE workspace_id = $1 AND waitlist_id = $2 AND referral_code = $3`, waitlistID, code).Scan(&id)
	return id, op(err, "look up a referral code")
}

// Lift implements waitlists.Line.
func (db *DB) Lift(ctx context.Context, workspaceID, waitlistID, id string, referrals, priority int) error {
	return db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		_, err := q.Exec(ctx, `UPDATE subscribers SET referral_count = referral_count + $4, priority = priority + $5
			WHERE workspace_id = $1 AND waitlist_id = $2 AND id = $3`, waitlistID, id, referrals, priority)
		return op(err, "count a referral")
	})
}

// ahead counts who stands before s: two ranges of the index by place.
const ahead = `(SELECT COUNT(*) FROM subscribers o WHERE o.workspace_id = s.workspace_id AND o.waitlist_id = s.waitlist_id AND o.priority > s.priority)
	+ (SELECT COUNT(*) FROM subscribers o WHERE o.workspace_id = s.workspace_id AND o.waitlist_id = s.waitlist_id AND o.priority = s.priority
		AND (o.joined_at, o.id) < (s.joined_at, s.id))`

// Subscriber implements waitlists.Line.
func (db *DB) Subscriber(ctx context.Context, workspaceID, waitlistID, id string) (waitlists.Subscriber, error) {
	s, err := scanSubscriber(db.Workspace(workspaceID).q(ctx).QueryRow(ctx, `SELECT `+subscriberColumns+`, 1 + `+ahead+` FROM subscribers s
		WHERE workspace_id = $1 AND waitlist_id = $2 AND id = $3`, waitlistID, id))
	return s, op(err, "read a subscriber")
}

// Of the whole line a page is a part of the index by place, whose rows are counted as they come. What is looked for has places in all of it.
const (
	whole      = `FROM subscribers WHERE workspace_id = $1 AND waitlist_id = $2`
	inLine     = `SELECT ` + subscriberColumns + `, 0 ` + whole + ` ORDER BY priority DESC, joined_at, id`
	sought     = `(email LIKE $3 ESCAPE '\' OR referral_code = $4)`
	soughtLine = `SELECT ` + subscriberColumns + `, place FROM (SELECT s.*, ROW_NUMBER() OVER (ORDER BY priority DESC, joined_at, id) AS place
		FROM subscribers s WHERE workspace_id = $1 AND waitlist_id = $2) r WHERE ` + sought + ` ORDER BY place`
)

// Subscribers implements waitlists.Line.
func (db *DB) Subscribers(ctx context.Context, workspaceID, waitlistID string, query waitlists.Query, each func(waitlists.Subscriber) error) (total int, err error) {
	count, text, args := `SELECT COUNT(*) `+whole, inLine, []any{waitlistID}
	if query.Text != "" {
		count, text, args = count+` AND `+sought, soughtLine, []any{waitlistID, `%` + likeEscape.Replace(query.Text) + `%`, strings.ToUpper(query.Text)}
	}
	text += limit(query.Limit)
	if query.Offset > 0 {
		text += ` OFFSET ` + strconv.Itoa(query.Offset)
	}
	err = db.Workspace(workspaceID).View(ctx, func(ctx context.Context, q Q) error {
		if err := q.QueryRow(ctx, count, args...).Scan(&total); err != nil {
			return op(err, "count subscribers")
		}
		rows, err := q.Query(ctx, text, args...)
		if err != nil {
			return op(err, "list subscribers")
		}
		defer rows.Close()
		for place := query.Offset + 1; rows.Next(); place++ {
			s, err := scanSubscriber(rows)
			if err != nil {
				return op(err, "read a subscriber")
			}
			if query.Text == "" {
				s.Position = place
			}
			if err := each(s); err != nil {
				return err
			}
		}
		return op(rows.Err(), "list subscribers")
	})
	return total, err
}

// likeEscape keeps what is looked for from meaning anything else.
var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// DeleteSubscriber implements waitlists.Line.
func (db *DB) DeleteSubscriber(ctx context.Context, workspaceID, waitlistID, id string) error {
	w := db.Workspace(workspaceID)
	return w.Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		n, err := q.Exec(ctx, `DELETE FROM subscribers WHERE workspace_id = $1 AND waitlist_id = $2 AND id = $3`, waitlistID, id)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		if err == nil {
			_, err = q.Exec(ctx, `UPDATE subscribers SET referred_by = NULL WHERE workspace_id = $1 AND waitlist_id = $2 AND referred_by = $3`, waitlistID, id)
		}
		if err != nil {
			return op(err, "delete a subscriber")
		}
		_, err = w.dropReplies(ctx, q, map[string]bool{id: true})
		return err
	})
}

package usage

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// Flush adds all that was counted before it began. What could not be added is kept for the next flush, and the store's error returned.
func (c *Counter) Flush(ctx context.Context) error {
	rows, clients := c.take()
	unwritten, err := inBatches(ctx, rows, c.store.AddUsage)
	unvisited, err2 := inBatches(ctx, clients, c.store.AddClients)
	c.giveBack(unwritten, unvisited)
	return errors.Join(err, err2)
}

// inBatches writes the list in several transactions and returns what the first that failed left unwritten.
func inBatches[T any](ctx context.Context, list []T, write func(context.Context, []T) error) (rest []T, err error) {
	for len(list) > 0 {
		n := min(len(list), flushBatch)
		if err := write(ctx, list[:n]); err != nil {
			return list, err
		}
		list = list[n:]
	}
	return nil, nil
}

// take empties the shards and returns what they held as one, each client under its name.
func (c *Counter) take() ([]Row, []ClientRow) {
	rows, clients := map[rowRef]Row{}, map[clientRef]ClientRow{}
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for ref, r := range s.rows {
			rows[ref] = merged(rows, ref, *r)
		}
		for ref, v := range s.clients {
			named := clientRef{ref.key, ClientName(ref.agent)}
			row := *v
			row.Name = named.agent
			if have, ok := clients[named]; ok {
				have.add(row.Client)
				row = have
			}
			clients[named] = row
		}
		clear(s.rows)
		clear(s.clients)
		s.mu.Unlock()
	}
	return slices.Collect(maps.Values(rows)), slices.Collect(maps.Values(clients))
}

func merged(rows map[rowRef]Row, ref rowRef, r Row) Row {
	if have, ok := rows[ref]; ok {
		have.Add(r.Counts)
		return have
	}
	return r
}

// giveBack keeps for the next flush what was not written, as far as there is room.
func (c *Counter) giveBack(rows []Row, clients []ClientRow) {
	s := &c.shards[0]
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rows {
		ref := rowRef{r.KeyID, r.Tool, r.Hour.Unix() / 3600}
		if have := s.rows[ref]; have != nil {
			have.Add(r.Counts)
		} else if len(s.rows) < maxRows {
			s.rows[ref] = &r
		} else {
			c.lost.Add(r.Requests)
		}
	}
	for _, v := range clients {
		ref := clientRef{v.KeyID, v.Name}
		if have := s.clients[ref]; have != nil {
			have.add(v.Client)
		} else if len(s.clients) < maxRows {
			s.clients[ref] = &v
		}
	}
}

package apirun

import "github.com/unstuckengine/unstuck/internal/audiences"

// newAudiences returns the audiences as callers ask for them.
func (a *App) newAudiences() *audiences.Service {
	return audiences.New(audiences.Config{Store: a.DB, Records: a.Search, Destinations: a.Destinations, Dearest: a.Enrich.Dearest, Now: a.now})
}

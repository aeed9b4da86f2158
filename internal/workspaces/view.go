package workspaces

// View is the JSON form of a workspace for its operators.
type View struct {
	ID            string `json:"id"`
	Slug          string `json:"slug"`
	Name          string `json:"name"`
	Plan          Plan   `json:"plan"`
	RatePerMinute int    `json:"rate_per_minute"` // 0 = unlimited
	Burst         int    `json:"burst"`
	Credits       int64  `json:"credits"` // the balance
}

// View returns the JSON form of w.
func (w Workspace) View() View {
	return View{
		ID: w.ID, Slug: w.Slug, Name: w.Name, Plan: w.Plan,
		RatePerMinute: w.Limits.RatePerMinute, Burst: w.Limits.Burst, Credits: w.Credits.Balance,
	}
}

// MemberView is the JSON form of a member.
type MemberView struct {
	ID       string  `json:"id"`
	Email    string  `json:"email"`
	Role     Role    `json:"role"`
	SetupURL *string `json:"setup_url"` // null but in the reply that adds or invites the member
}

// View returns the JSON form of m. setupURL is "" but in the reply that adds or invites the member.
func (m Member) View(setupURL string) MemberView {
	v := MemberView{ID: m.ID, Email: m.Email, Role: m.Role}
	if setupURL != "" {
		v.SetupURL = &setupURL
	}
	return v
}

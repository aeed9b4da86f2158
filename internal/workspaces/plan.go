package workspaces

// MoveTo returns what Set makes of a change to the plan: the limits and the grant that come along stand in it, what stays as it is does not.
func (w Workspace) MoveTo(p Plan) Change { return Change{Plan: &p}.withDefaults(w) }

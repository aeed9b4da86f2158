package destinationpages

import (
	"io"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// file answers with the members of an audience, in the columns of a CSV destination.
func (p pages) file(r *ui.Request) error {
	in := wire.DestinationFile{ID: r.PathValue("id"), AudienceID: r.PathValue("audience")}
	f, err := p.Destinations.Fetch(r.Context(), r.Workspace.ID, in)
	if err != nil {
		return err
	}
	return r.File(f.Name+".csv", "text/csv; charset=utf-8", func(w io.Writer) error { return writeRows(w, f) })
}

func writeRows(w io.Writer, f *destinations.File) error {
	var columns []tabular.Column
	for _, name := range f.Columns {
		columns = append(columns, tabular.Column{Name: name, Path: []string{name}})
	}
	out, err := tabular.NewWriter(w, columns)
	if err != nil {
		return err
	}
	for rows, err := range f.Rows {
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

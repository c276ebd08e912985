package harness

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// A slow disk that works in the end: a visitor who would wait too long is told that the form was not saved, and
// the same form once more leads to one lead, whatever the disk has done since.
func TestSlowDisk_IsWaitedForOrReported(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		slow time.Duration
		want int
	}{
		{"an fsync takes 1 s: the visitor waits", time.Second, http.StatusSeeOther},
		{"an fsync takes 10 s: the visitor is told", 10 * time.Second, http.StatusServiceUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			disk, folder := newDisk(), tempMount(t)
			in := newInstallation(t, startSimulator(t), "INTAKE_LOG=error")
			in.database = "file:" + filepath.Join(folder, "intake.db")
			unmount := mount(t, disk, folder)
			p := in.serve(t)
			v := newVisitor().goToCheckPage(t, p.url())
			disk.slowDown(tt.slow)
			started := time.Now()
			status, first, err := v.finish(p.url(), v.checkForm)
			must(t, err)
			if took := time.Since(started); status != tt.want || took > 8*time.Second {
				t.Errorf("answered %d after %s, want %d within 8 s", status, took, tt.want)
			}
			disk.slowDown(0)
			second := ""
			await(t, "the same form once more has a receipt", func() bool {
				status, second, err = v.finish(p.url(), v.checkForm)
				return err == nil && status == http.StatusSeeOther
			})
			if first != "" && first != second {
				t.Errorf("the receipts are %q and %q, want one", first, second)
			}
			p.kill()
			unmount() // this process serves the mount, and would wait for itself if it opened a file there
			disk.copyTo(t, in.dir)
			in.database = "file:" + filepath.Join(in.dir, "intake.db")
			if n := in.countAllLeads(t); n != 1 {
				t.Errorf("%d leads are stored, want 1", n)
			}
		})
	}
}

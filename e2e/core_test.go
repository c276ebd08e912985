package e2e

import (
	"fmt"
	"os"
	"regexp"
	"testing"
)

var coreLimit = regexp.MustCompile(`(?m)^Max core file size +(\S+) +(\S+) `)

// A crash must not write answers and secrets to a file, even where the platform would let it.
func TestCore_ACrashLeavesNoMemoryBehind(t *testing.T) {
	p := newProgram(t)
	p.command = []string{"sh", "-c", `ulimit -S -c "$(ulimit -H -c)" && exec "$0" "$@"`, binary}
	p.start()
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.cmd.Process.Pid))
	must(t, err)
	if said := coreLimit.FindStringSubmatch(string(limits)); said == nil || said[1] != "0" || said[2] != "0" {
		t.Errorf("the program may write core files: %q", said)
	}
}

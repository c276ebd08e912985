package cli_test

import (
	"strings"
	"testing"

	"intake/internal/cli/clitest"
)

func TestDoctor_PrintsALineForEachCheckAndTheNextStepOfEachFailure(t *testing.T) {
	p := clitest.New(t)
	if output := p.Want(t, 0, "\nLeads can go out.\n", "doctor", "-debtcore"); strings.Contains(output, "RED") || !strings.Contains(output, "\nok   Debt Core ") {
		t.Errorf("it printed\n%s", output)
	}
	p.Set("ALLEVIATE_CLIENT_SECRET=another-secret-7319")
	output := p.Want(t, 1, "1 of the lines above are red", "doctor")
	if !strings.Contains(output, "\nRED  token          invalid_client: ") || !strings.Contains(output, "\n                    next step: check the credentials\n") {
		t.Errorf("it printed\n%s", output)
	}
}

package validation

import "testing"

// BenchmarkParse reads a whole form of the consumer, as the finishing POST does.
func BenchmarkParse(b *testing.B) {
	form, opt := validForm(nil), consumer()
	b.ReportAllocs()
	for b.Loop() {
		if _, errs := Parse(form, opt); len(errs) != 0 {
			b.Fatal(errs)
		}
	}
}

// BenchmarkParse_NothingTyped finds all that is missing.
func BenchmarkParse_NothingTyped(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, errs := Parse(Form{}, consumer()); len(errs) != 11 {
			b.Fatal(errs)
		}
	}
}

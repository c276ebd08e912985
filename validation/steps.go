package validation

import "slices"

// Steps is the consumer's form: the groups that each of its four steps asks for, in their order.
// The check page, which asks for the consents, comes after them.
func Steps() [][]Group { return [][]Group{{Debt}, {About}, {Home}, {Income, Identity}} }

// Step is the number of the step that asks for the group, from 1. The check page is 5.
func (g Group) Step() int {
	i := slices.IndexFunc(Steps(), func(groups []Group) bool { return slices.Contains(groups, g) })
	if i < 0 {
		return len(Steps()) + 1
	}
	return i + 1
}

// Asked lists the fields of these groups that any of the surfaces asks for, in page order. Without
// groups it is all of the surfaces' fields.
func Asked(surfaces Surface, groups ...Group) []Field {
	var asked []Field
	for _, f := range fields() {
		if f.On(surfaces) && (len(groups) == 0 || slices.Contains(groups, f.Group)) {
			asked = append(asked, f)
		}
	}
	return asked
}

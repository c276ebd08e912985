// Package views has the tests of all pages: golden HTML, which is the storybook too, and the laws
// that hold for every page. The pages are in the packages below it, pure functions of their
// arguments: a page is a plain struct and the component that shows it.
package views

// Secretsearch looks through every file under a folder, into archives too, for what looks like a
// secret and for canaries, and fails when it finds one. e2e/image searches the image with it.
package main

import (
	"fmt"
	"os"

	"intake/internal/secretscan"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: secretsearch FOLDER [CANARY…]")
		os.Exit(2)
	}
	files, found, err := secretscan.Search(os.DirFS(os.Args[1]), os.Args[2:]...)
	for _, line := range found {
		fmt.Println(line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
	fmt.Printf("%d files searched, no secret\n", files)
}

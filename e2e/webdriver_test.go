package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// wireCommand is one command of https://www.w3.org/TR/webdriver2/, as both drivers name it.
type wireCommand struct {
	path       string // under the session, over HTTP; %s is the element
	marionette string
}

var (
	navigate      = wireCommand{"/url", "WebDriver:Navigate"}
	findElement   = wireCommand{"/element", "WebDriver:FindElement"}
	clickElement  = wireCommand{"/element/%s/click", "WebDriver:ElementClick"}
	sendKeys      = wireCommand{"/element/%s/value", "WebDriver:ElementSendKeys"}
	executeScript = wireCommand{"/execute/sync", "WebDriver:ExecuteScript"}
)

// elementKey is the name under which WebDriver gives an element's id.
const elementKey = "element-6066-11e4-a52e-4f735466cecf"

// driver sends commands to one session of a browser.
type driver interface {
	// do returns the command's value. An error is WebDriver's own, or of the connection.
	do(c wireCommand, element string, params map[string]any) (json.RawMessage, error)
	// quit ends the browser.
	quit() error
}

// hangs is after how long a browser that does not answer a command is taken to hang. The first start of
// Firefox takes half a minute and more on a busy machine.
const hangs = 2 * time.Minute

// overHTTP is a session of a driver that speaks WebDriver over HTTP, such as WebKitWebDriver.
type overHTTP struct{ session string }

// newSession asks the driver at the address for its browser.
func newSession(t testing.TB, address string) *overHTTP {
	t.Helper()
	value, err := askDriver(http.MethodPost, address+"/session", map[string]any{"capabilities": map[string]any{}})
	must(t, err)
	var made struct{ SessionID string }
	must(t, json.Unmarshal(value, &made))
	return &overHTTP{address + "/session/" + made.SessionID}
}

func (d *overHTTP) do(c wireCommand, element string, params map[string]any) (json.RawMessage, error) {
	path := c.path
	if element != "" {
		path = fmt.Sprintf(path, element)
	}
	return askDriver(http.MethodPost, d.session+path, params)
}

func (d *overHTTP) quit() error {
	_, err := askDriver(http.MethodDelete, d.session, nil)
	return err
}

func askDriver(method, address string, params map[string]any) (json.RawMessage, error) {
	body, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	answer, err := (&http.Client{Timeout: hangs}).Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var said struct{ Value json.RawMessage }
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %s", method, address, said.Value)
	}
	return said.Value, nil
}

// marionette is a session over Firefox's own protocol, for which Debian has no driver: WebDriver's
// commands and answers as JSON, each with its length in front, over one TCP connection.
// https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
type marionette struct {
	conn   net.Conn
	reader *bufio.Reader
	sent   int
}

// newMarionette makes a session with the Firefox that listens at the address.
func newMarionette(t testing.TB, address string) *marionette {
	t.Helper()
	var d *marionette
	await(t, "Firefox listens", func() bool {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		d = &marionette{conn: conn, reader: bufio.NewReader(conn)}
		return true
	})
	t.Cleanup(func() { _ = d.conn.Close() }) // Firefox has gone before
	hello, err := d.read()
	must(t, err)
	if !strings.Contains(string(hello), `"marionetteProtocol":3`) {
		t.Fatalf("Firefox speaks another protocol: %s", hello)
	}
	_, err = d.send("WebDriver:NewSession", nil)
	must(t, err)
	return d
}

func (d *marionette) do(c wireCommand, element string, params map[string]any) (json.RawMessage, error) {
	if element != "" {
		params["id"] = element
	}
	result, err := d.send(c.marionette, params)
	if err != nil {
		return nil, err
	}
	var said struct{ Value json.RawMessage }
	err = json.Unmarshal(result, &said)
	return said.Value, err
}

func (d *marionette) quit() error {
	_, err := d.send("Marionette:Quit", map[string]any{"flags": []string{"eForceQuit"}})
	return err
}

// send writes [0, number, name, params] and reads [1, number, error, result].
func (d *marionette) send(name string, params map[string]any) (json.RawMessage, error) {
	d.sent++
	if params == nil {
		params = map[string]any{}
	}
	message, err := json.Marshal([]any{0, d.sent, name, params})
	if err != nil {
		return nil, err
	}
	if err := d.conn.SetDeadline(time.Now().Add(hangs)); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(d.conn, "%d:%s", len(message), message); err != nil {
		return nil, err
	}
	text, err := d.read()
	if err != nil {
		return nil, err
	}
	var answer [4]json.RawMessage
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	if number := string(answer[1]); number != fmt.Sprint(d.sent) {
		return nil, fmt.Errorf("%s is number %d, and number %s is answered", name, d.sent, number)
	}
	if failed := answer[2]; string(failed) != "null" {
		return nil, fmt.Errorf("%s: %s", name, failed)
	}
	return answer[3], nil
}

// read is the next message.
func (d *marionette) read() ([]byte, error) {
	var length int
	if _, err := fmt.Fscanf(d.reader, "%d:", &length); err != nil {
		return nil, err
	}
	text := make([]byte, length)
	_, err := io.ReadFull(d.reader, text)
	return text, err
}

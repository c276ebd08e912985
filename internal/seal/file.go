package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"intake/internal/durable"
)

const (
	// fileFormat names the layout of the file; another layout gets another name.
	fileFormat = "intake keys 1"
	// wrapsFormat is the layout with replaced index keys. An older program does not know it and must refuse the
	// file instead of ignoring them.
	wrapsFormat = "intake keys 2"

	masterKeyBytes  = 32       // AES-256
	maxIndexVersion = 255      // the version is one byte before each index
	maxFileBytes    = 64 << 10 // forty times the size of a file with one key
)

// keyFile is the outer layer of a key file: its body is in clear, or encrypted with the master key.
type keyFile struct {
	Format  string `json:"format"`
	Wrapped bool   `json:"wrapped"`
	Body    []byte `json:"body"`
}

// keyBody is the content of keyFile.Body.
type keyBody struct {
	AEAD         []byte `json:"aead"` // Tink key set, binary
	Index        []byte `json:"index"`
	IndexVersion int    `json:"indexVersion"` // 1 + the number of IndexWraps
	Lookup       []byte `json:"lookup"`
	PromotedAt   int64  `json:"promotedAt,omitempty"` // milliseconds since 1970, of the last change of the primary key

	DisabledAt map[uint32]int64 `json:"disabledAt,omitempty"` // the same, by key
	IndexWraps [][]byte         `json:"indexWraps,omitempty"`
}

// Create generates keys and writes them to a new file at path, mode 0600, durable before it returns. The file
// is encrypted with the 32-byte master key at masterKeyPath; with an empty masterKeyPath it is in clear, which
// only the simulator environment may use. An existing file is never overwritten.
func Create(path, masterKeyPath string) (*Keys, error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the key file %s exists already (or cannot be looked at): it is not overwritten", path)
	}
	master, err := readMasterKey(masterKeyPath)
	if err != nil {
		return nil, err
	}
	keys, err := Generate()
	if err != nil {
		return nil, err
	}
	data, err := keys.encode(master)
	if err != nil {
		return nil, err
	}
	if err := durable.Create(path, data); err != nil {
		return nil, fmt.Errorf("write the key file %s: %w", path, err)
	}
	return Load(path, masterKeyPath)
}

func readKeyFile(path, masterKeyPath string) (*material, error) {
	master, err := readMasterKey(masterKeyPath)
	if err != nil {
		return nil, err
	}
	data, err := readPrivate(path, "key file")
	if err != nil {
		return nil, err
	}
	body, err := unwrap(data, master)
	if err != nil {
		return nil, fmt.Errorf("the key file %s %w", path, err)
	}
	keys, err := decode(body)
	if err != nil {
		return nil, fmt.Errorf("the key file %s %w", path, err)
	}
	return keys.reveal(), nil
}

func (k *Keys) encode(master []byte) ([]byte, error) {
	var set bytes.Buffer
	if err := insecurecleartextkeyset.Write(k.reveal().handle, keyset.NewBinaryWriter(&set)); err != nil {
		return nil, fmt.Errorf("write the AES-256-GCM key set: %w", err)
	}
	m := k.reveal()
	body, err := json.Marshal(keyBody{set.Bytes(), m.index, m.indexVersion(), m.lookup, m.promotedAt, m.disabledAt, m.wraps})
	if err != nil {
		return nil, fmt.Errorf("write the keys: %w", err)
	}
	format := fileFormat
	if len(m.wraps) > 0 {
		format = wrapsFormat
	}
	if master != nil {
		if body, err = wrap(body, master, format); err != nil {
			return nil, err
		}
	}
	return json.Marshal(keyFile{format, master != nil, body})
}

func decode(data []byte) (*Keys, error) {
	errDamaged := errors.New("is damaged: it does not hold a full set of keys")
	var body keyBody
	if err := json.Unmarshal(data, &body); err != nil { // json's error would quote the file
		return nil, errDamaged
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(body.AEAD)))
	if err != nil || body.IndexVersion != 1+len(body.IndexWraps) || body.IndexVersion > maxIndexVersion {
		return nil, errDamaged
	}
	for _, key := range append([][]byte{body.Index, body.Lookup}, body.IndexWraps...) {
		if len(key) != macKeyBytes {
			return nil, errDamaged
		}
	}
	return assemble(handle, &material{
		index: body.Index, wraps: body.IndexWraps,
		lookup: body.Lookup, promotedAt: body.PromotedAt, disabledAt: body.DisabledAt,
	})
}

func wrap(body, master []byte, format string) ([]byte, error) {
	box, err := subtle.NewAESGCM(master)
	if err != nil {
		return nil, fmt.Errorf("use the master key: %w", err)
	}
	return box.Encrypt(body, []byte(format))
}

func unwrap(data, master []byte) ([]byte, error) {
	var file keyFile
	if err := json.Unmarshal(data, &file); err != nil || file.Format != fileFormat && file.Format != wrapsFormat {
		return nil, errors.New("is damaged: it is no key file of this program")
	}
	if !file.Wrapped {
		if master != nil {
			return nil, errors.New("is in clear although there is a master key: wrap it, or leave the master key out")
		}
		return file.Body, nil
	}
	if master == nil {
		return nil, errors.New("is wrapped: name the master key file that opens it")
	}
	box, err := subtle.NewAESGCM(master)
	if err != nil {
		return nil, fmt.Errorf("cannot be unwrapped: %w", err)
	}
	body, err := box.Decrypt(file.Body, []byte(file.Format))
	if err != nil {
		return nil, errors.New("does not open: the master key is another one, or the file is damaged")
	}
	return body, nil
}

// readMasterKey returns nil for an empty path.
func readMasterKey(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	key, err := readPrivate(path, "master key file")
	if err != nil {
		return nil, err
	}
	if len(key) != masterKeyBytes {
		return nil, fmt.Errorf("the master key file %s has %d bytes, not %d", path, len(key), masterKeyBytes)
	}
	return key, nil
}

// readPrivate reads a file, and refuses one that others than its owner may read.
func readPrivate(path, what string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the %s %s is missing", what, path)
	}
	if err != nil {
		return nil, fmt.Errorf("look at the %s: %w", what, err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFileBytes {
		return nil, fmt.Errorf("the %s %s is not a file of a few kilobytes", what, path)
	}
	if mode := info.Mode().Perm(); mode&^0o600 != 0 {
		return nil, fmt.Errorf("the %s %s is open to others (mode %04o): set it to 0600", what, path, mode)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the %s: %w", what, err)
	}
	return data, nil
}

// Publishes one event to the hub from docs/wire.md alone, without the hub's own library.
//
//	go run . -credentials police.json -bootstrap kafka.example:9093 -ca ca.pem -user kafka-police.json \
//	    -id incident-7 < event.json
//
// Standard input is the event's data by its JSON Schema (docs/contract). With -bootstrap "" the message is
// printed as JSON (key, headers and value in base64) for a bridge of your own.
package main

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// credentials is the agency's file; Go reads the base64 of its fields into bytes.
type credentials struct {
	Agency     string `json:"agency"`
	SigningKey []byte `json:"signing_key"`
	Secret     []byte `json:"secret"`
	HubKey     []byte `json:"hub_key"`
}

// event is the part of the data that the message itself needs.
type event struct {
	Subject struct {
		Reference string `json:"reference"`
	} `json:"subject"`
	Detail struct {
		Type string `json:"type"`
	} `json:"detail"`
}

type header struct {
	Name  string `json:"name"`
	Value []byte `json:"value"`
}

type message struct {
	Topic   string   `json:"topic"`
	Key     []byte   `json:"key"`
	Headers []header `json:"headers"`
	Value   []byte   `json:"value"`
}

// dataKey is used for an hour; each is sealed to the hub once and travels with every message.
type dataKey struct {
	seal   cipher.AEAD
	sealed string
}

func newDataKey(hubKey []byte) (*dataKey, error) {
	key := make([]byte, 32)
	rand.Read(key)
	hub, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(hubKey)
	if err != nil {
		return nil, err
	}
	sealed, err := hpke.Seal(hub, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte("mash-hub data key v1"), key)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	return &dataKey{seal, base64.StdEncoding.EncodeToString(sealed)}, err
}

// canonical gives RFC 8785's bytes for an object of plain ASCII text: names sorted, nothing escaped for HTML.
func canonical(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

func newMessage(agency credentials, key *dataKey, id string, data []byte, now time.Time) (*message, error) {
	var told event
	if err := json.Unmarshal(data, &told); err != nil {
		return nil, errors.New("the event is not JSON")
	}
	if told.Subject.Reference == "" || told.Detail.Type == "" {
		return nil, errors.New("the event has no subject.reference or no detail.type")
	}
	signing := ed25519.NewKeyFromSeed(agency.SigningKey)
	keyID := sha256.Sum256(signing.Public().(ed25519.PublicKey))
	moment := now.UTC().Format(time.RFC3339)
	names := []string{"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_dataschema", "content-type",
		"mash-key-id", "mash-signed-at", "mash-data-key"}
	attributes := map[string]string{
		"ce_specversion": "1.0",
		"ce_id":          id,
		"ce_source":      agency.Agency,
		"ce_type":        "uk.mash." + told.Detail.Type + ".v1",
		"ce_time":        moment,
		"ce_dataschema":  "urn:mash:schema:" + told.Detail.Type + ":v1",
		"content-type":   "application/vnd.mash.sealed+json",
		"mash-key-id":    hex.EncodeToString(keyID[:])[:32],
		"mash-signed-at": moment,
		"mash-data-key":  key.sealed,
	}
	bound, err := canonical(attributes)
	if err != nil {
		return nil, err
	}
	payload, err := canonical(map[string]any{"data": json.RawMessage(data), "id": id, "source": agency.Agency})
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, 12)
	rand.Read(nonce)
	value := key.seal.Seal(nonce, nonce, payload, bound)

	body := append(append(bytes.Clone(bound), '\n'), value...)
	const kind = "application/vnd.mash.event.v1"
	signed := append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(kind), kind, len(body)), body...)

	child := hmac.New(sha256.New, agency.Secret)
	child.Write([]byte("message-key\x1f" + told.Subject.Reference))
	made := &message{Topic: "mash.concerns." + agency.Agency, Key: child.Sum(nil)[:16], Value: value}
	for _, name := range names {
		made.Headers = append(made.Headers, header{name, []byte(attributes[name])})
	}
	signature := base64.StdEncoding.EncodeToString(ed25519.Sign(signing, signed))
	made.Headers = append(made.Headers, header{"mash-signature", []byte(signature)})
	return made, nil
}

// send stores the message durably: franz-go asks all replicas and is idempotent unless told otherwise.
func send(made *message, bootstrap, caFile, userFile string) error {
	var user struct{ User, Password, Mechanism string }
	if err := readJSON(userFile, &user); err != nil {
		return err
	}
	signIn := scram.Auth{User: user.User, Pass: user.Password}
	mechanism := signIn.AsSha512Mechanism()
	if user.Mechanism == "SCRAM-SHA-256" {
		mechanism = signIn.AsSha256Mechanism()
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(bootstrap, ",")...),
		kgo.SASL(mechanism),
		kgo.RecordDeliveryTimeout(30 * time.Second),
	}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return err
		}
		trusted := x509.NewCertPool()
		trusted.AppendCertsFromPEM(pem)
		options = append(options, kgo.DialTLSConfig(&tls.Config{RootCAs: trusted}))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	record := &kgo.Record{Topic: made.Topic, Key: made.Key, Value: made.Value}
	for _, each := range made.Headers {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: each.Name, Value: each.Value})
	}
	return client.ProduceSync(context.Background(), record).FirstErr()
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func run() error {
	credentialsFile := flag.String("credentials", "", "the agency's credentials file")
	bootstrap := flag.String("bootstrap", "", "Kafka's host:port; without one, the message is printed")
	caFile := flag.String("ca", "", "the certificate of Kafka's authority; without one, no TLS: on this machine only")
	userFile := flag.String("user", "", "the agency's Kafka user: JSON with user, password, mechanism")
	id := flag.String("id", "", "the record's id in the agency's system: the same whenever it is sent again")
	flag.Parse()
	var agency credentials
	if err := readJSON(*credentialsFile, &agency); err != nil {
		return err
	}
	if *id == "" || len(agency.SigningKey) != ed25519.SeedSize {
		return errors.New("-id or -credentials is missing or damaged")
	}
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	key, err := newDataKey(agency.HubKey)
	if err != nil {
		return err
	}
	made, err := newMessage(agency, key, *id, data, time.Now())
	if err != nil {
		return err
	}
	if *bootstrap == "" {
		return json.NewEncoder(os.Stdout).Encode(made)
	}
	return send(made, *bootstrap, *caFile, *userFile)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

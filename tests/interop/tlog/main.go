// Checks a log's notes, proofs and tiles with golang.org/x/mod/sumdb, which is not ours. Reads one JSON case a line from
// standard input and writes "ok" or the error, a line each.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type testCase struct {
	Op     string
	Key    string
	Note   string
	Root   string
	Old    string
	Leaf   string
	Leaves []string
	Proof  []string
	Index  int64
	Size   int64
	From   int64
	Folder string
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var c testCase
		err := json.Unmarshal(lines.Bytes(), &c)
		if err == nil {
			err = check(c)
		}
		if err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("ok")
		}
	}
}

func check(c testCase) error {
	switch c.Op {
	case "note":
		verifier, err := note.NewVerifier(c.Key)
		if err != nil {
			return err
		}
		_, err = note.Open([]byte(c.Note), note.VerifierList(verifier))
		return err
	case "root":
		made, err := rootOf(c.Leaves)
		if err != nil || made != hash(c.Root) {
			return fmt.Errorf("other root: %v", err)
		}
		return nil
	case "inclusion":
		return tlog.CheckRecord(proof(c.Proof), c.Size, hash(c.Root), c.Index, tlog.RecordHash(bytes(c.Leaf)))
	case "consistency":
		return tlog.CheckTree(proof(c.Proof), c.Size, hash(c.Root), c.From, hash(c.Old))
	case "tiles":
		return checkTiles(c)
	}
	return errors.New("no such case")
}

// checkTiles reads every leaf hash of a static export as a tlog client does, which verifies the tiles against the root.
func checkTiles(c testCase) error {
	tree := tlog.Tree{N: c.Size, Hash: hash(c.Root)}
	reader := tlog.TileHashReader(tree, tiles(c.Folder))
	for index := int64(0); index < c.Size; index += 1 + c.Size/50 {
		read, err := tlog.ProveRecord(c.Size, index, reader)
		if err != nil {
			return err
		}
		found, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(read, c.Size, tree.Hash, index, found[0]); err != nil {
			return err
		}
	}
	return nil
}

type tiles string

func (tiles) Height() int { return 8 }

func (folder tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, each := range wanted {
		path := strings.Replace(each.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(string(folder), path))
		if err != nil {
			return nil, err
		}
		found = append(found, content)
	}
	return found, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func rootOf(leaves []string) (tlog.Hash, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for index, leaf := range leaves {
		more, err := tlog.StoredHashes(int64(index), bytes(leaf), reader)
		if err != nil {
			return tlog.Hash{}, err
		}
		stored = append(stored, more...)
	}
	return tlog.TreeHash(int64(len(leaves)), reader)
}

func proof(lines []string) []tlog.Hash {
	found := make([]tlog.Hash, 0, len(lines))
	for _, line := range lines {
		found = append(found, hash(line))
	}
	return found
}

func hash(text string) tlog.Hash {
	var found tlog.Hash
	copy(found[:], bytes(text))
	return found
}

func bytes(text string) []byte {
	found, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return found
}

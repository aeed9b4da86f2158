package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed static/*.css static/*.js
var static embed.FS

const assetPath = "/admin/static/"

// asset is one file as it is sent.
type asset struct {
	hash, kind    string
	plain, zipped []byte
}

// assets holds every file by its name, compressed once.
var assets = sync.OnceValue(func() map[string]asset {
	out := map[string]asset{}
	files, err := static.ReadDir("static")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	for _, f := range files {
		plain, err := static.ReadFile("static/" + f.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(plain)
		out[f.Name()] = asset{hash: hex.EncodeToString(sum[:6]), kind: kindOf(f.Name()), plain: plain, zipped: zip(plain)}
	}
	return out
})

func kindOf(name string) string {
	if path.Ext(name) == ".css" {
		return "text/css; charset=utf-8"
	}
	return "text/javascript; charset=utf-8"
}

func zip(plain []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	_, _ = w.Write(plain)                                 // memory takes all
	_ = w.Close()
	return b.Bytes()
}

// Asset returns the address of a file of the pages. It holds the file's hash, so that browsers may keep it for good.
func Asset(name string) string {
	a, known := assets()[name]
	if !known {
		panic("ui: there is no asset " + name) // a name in our own templates
	}
	return assetPath + a.hash + "/" + name
}

func serveAsset(w http.ResponseWriter, r *http.Request) {
	a, known := assets()[r.PathValue("name")]
	if !known || a.hash != r.PathValue("hash") {
		http.Error(w, "There is no such file; load the page again.", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.zipped
	}
	_, _ = w.Write(body)
}

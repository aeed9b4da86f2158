package strictjson

import (
	"bytes"
	"strconv"
)

const maxNumber = 128

// scanNumber returns the end of the number literal at pos, or the place where it stops being one.
func scanNumber(data []byte, pos int) (end int, ok bool) {
	i := pos
	if i < len(data) && data[i] == '-' {
		i++
	}
	if i < len(data) && data[i] == '0' {
		i++
	} else if i, ok = digits(data, i); !ok {
		return i, false
	}
	if i < len(data) && data[i] == '.' {
		if i, ok = digits(data, i+1); !ok {
			return i, false
		}
	}
	if i < len(data) && (data[i] == 'e' || data[i] == 'E') {
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		return digits(data, i)
	}
	return i, true
}

func digits(data []byte, i int) (int, bool) {
	start := i
	for i < len(data) && data[i] >= '0' && data[i] <= '9' {
		i++
	}
	return i, i > start
}

// finite reports whether a checked literal has a place among the float64 numbers: neither beyond the largest nor, if it is not zero, below the smallest.
func finite(lit []byte) bool {
	if len(lit) <= 16 && bytes.IndexByte(lit, 'e') < 0 && bytes.IndexByte(lit, 'E') < 0 {
		return true
	}
	if len(lit) > maxNumber {
		return false
	}
	f, err := strconv.ParseFloat(string(lit), 64)
	if err != nil {
		return false
	}
	return f != 0 || isZero(lit)
}

func isZero(lit []byte) bool {
	for _, b := range lit {
		switch {
		case b == 'e' || b == 'E':
			return true
		case b >= '1' && b <= '9':
			return false
		}
	}
	return true
}

// appendNumber appends the one canonical spelling of a finite literal. No digit is lost: plain notation from 1e-6 up to 21 digits before
// the point, d.ddde±n outside of that, and no trailing zeros, so that 1, 1.0 and 10e-1 are one.
func appendNumber(dst, lit []byte) []byte {
	neg, digs, point := decompose(lit)
	if len(digs) == 0 {
		return append(dst, '0')
	}
	if neg {
		dst = append(dst, '-')
	}
	switch {
	case point > 21 || point <= -6:
		return appendScientific(dst, digs, point-1)
	case point <= 0:
		dst = append(dst, '0', '.')
		return append(append(dst, zeros[:-point]...), digs...)
	case point >= len(digs):
		return append(append(dst, digs...), zeros[:point-len(digs)]...)
	}
	dst = append(append(dst, digs[:point]...), '.')
	return append(dst, digs[point:]...)
}

const zeros = "0000000000000000000000"

func appendScientific(dst, digs []byte, exp int) []byte {
	dst = append(dst, digs[0])
	if len(digs) > 1 {
		dst = append(append(dst, '.'), digs[1:]...)
	}
	dst = append(dst, 'e')
	if exp > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(exp), 10)
}

// decompose returns sign and significant digits of lit, and where the decimal point stands relative to them: 0.digs x 10^point.
func decompose(lit []byte) (neg bool, digs []byte, point int) {
	if lit[0] == '-' {
		neg, lit = true, lit[1:]
	}
	exp := 0
	if i := bytes.IndexAny(lit, "eE"); i >= 0 {
		exp, _ = strconv.Atoi(string(lit[i+1:])) // bounded: the literal is finite
		lit = lit[:i]
	}
	whole, frac, _ := bytes.Cut(lit, []byte("."))
	digs = append(append(make([]byte, 0, len(lit)), whole...), frac...)
	point = len(whole) + exp
	for len(digs) > 0 && digs[0] == '0' {
		digs, point = digs[1:], point-1
	}
	return neg, bytes.TrimRight(digs, "0"), point
}

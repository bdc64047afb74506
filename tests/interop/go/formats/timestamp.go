package formats

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"time"
)

// Evidence of when: the time stamp (RFC 3161).

var (
	errStamp = errors.New("not a time stamp that holds")
	digests  = map[string]crypto.Hash{
		"2.16.840.1.101.3.4.2.1": crypto.SHA256,
		"2.16.840.1.101.3.4.2.2": crypto.SHA384,
		"2.16.840.1.101.3.4.2.3": crypto.SHA512,
	}
	// what RSA signs by; 0: the digest of the signer
	rsaNames = map[string]crypto.Hash{
		"1.2.840.113549.1.1.1":  0,
		"1.2.840.113549.1.1.10": 0,
		"1.2.840.113549.1.1.11": crypto.SHA256,
		"1.2.840.113549.1.1.12": crypto.SHA384,
		"1.2.840.113549.1.1.13": crypto.SHA512,
	}
	ecdsaNames = map[string]crypto.Hash{
		"1.2.840.10045.4.3.2": crypto.SHA256,
		"1.2.840.10045.4.3.3": crypto.SHA384,
		"1.2.840.10045.4.3.4": crypto.SHA512,
	}
)

const (
	rsaPSS      = "1.2.840.113549.1.1.10"
	signedData  = "1.2.840.113549.1.7.2"
	tstInfo     = "1.2.840.113549.1.9.16.1.4"
	contentType = "1.2.840.113549.1.9.3"
	digestOf    = "1.2.840.113549.1.9.4"
	signedBy    = "1.2.840.113549.1.9.16.2.47"
)

// stamp is what a token says, and what its signature is over.
type stamp struct {
	at                time.Time
	certificates      [][]byte
	issuer            []byte
	serial            *big.Int
	signed, signature []byte
	hash              crypto.Hash
	name, parameters  string
	named             []byte
	namedBy           crypto.Hash
}

func verifyStamp(answer, text, roots []byte) error {
	var s stamp
	if len(answer) > 1<<16 {
		return errStamp
	}
	if err := inDER(func() { s = readAnswer(answer, text) }); err != nil {
		return err
	}
	return s.verify(roots)
}

func plainDigest(d der) crypto.Hash {
	name, parameters := d.algorithm()
	hash, known := digests[name]
	mustDER(known && (parameters == "" || parameters == "\x05\x00"))
	return hash
}

func readAnswer(answer, text []byte) stamp {
	parts := wholeDER(answer, 0x30).parts()
	status := parts.take(0x30).parts()
	mustDER(status.take(0x02).is(0))
	status.maybe(0x30)
	status.end()
	token := parts.take(0x30).parts()
	parts.end()
	mustDER(token.take(0x06).oid() == signedData)
	wrapped := token.take(0xa0).parts()
	token.end()
	signed := wrapped.take(0x30).parts()
	wrapped.end()
	mustDER(signed.take(0x02).is(3))
	listed := signed.take(0x31).parts().all()
	content := readContent(signed.take(0x30).parts())
	var s stamp
	if found, there := signed.maybe(0xa0); there {
		for _, each := range found.parts().all() {
			s.certificates = append(s.certificates, each.raw)
		}
	}
	signed.maybe(0xa1)
	signers := signed.take(0x31).parts().all()
	signed.end()
	mustDER(len(s.certificates) <= 16 && len(signers) == 1 && len(listed) == 1)
	mustDER(signers[0].tag == 0x30 && listed[0].tag == 0x30)
	s.signer(signers[0].parts(), content)
	mustDER(plainDigest(listed[0]) == s.hash)
	s.info(wholeDER(content, 0x30).parts(), text)
	return s
}

func readContent(parts *derParts) []byte {
	mustDER(parts.take(0x06).oid() == tstInfo)
	wrapped := parts.take(0xa0).parts()
	parts.end()
	content := wrapped.take(0x04).body
	wrapped.end()
	return content
}

func (s *stamp) signer(parts *derParts, content []byte) {
	mustDER(parts.take(0x02).is(1))
	named := parts.take(0x30).parts()
	s.issuer, s.serial = named.take(0x30).raw, named.take(0x02).integer()
	named.end()
	s.hash = plainDigest(parts.take(0x30))
	attributes := parts.take(0xa0)
	s.name, s.parameters = parts.take(0x30).algorithm()
	s.signature = parts.take(0x04).body
	parts.maybe(0xa1)
	parts.end()
	s.signed = append([]byte{0x31}, attributes.raw[1:]...)
	s.attributes(attributes, content)
}

func (s *stamp) attributes(listed der, content []byte) {
	found := map[string]der{}
	for _, each := range listed.parts().all() {
		mustDER(each.tag == 0x30)
		parts := each.parts()
		name, values := parts.take(0x06).oid(), parts.take(0x31)
		parts.end()
		_, twice := found[name]
		mustDER(!twice)
		found[name] = values
	}
	one := func(name string) der {
		values, there := found[name]
		mustDER(there)
		all := values.parts().all()
		mustDER(len(all) == 1)
		return all[0]
	}
	about, digest := one(contentType), one(digestOf)
	mustDER(about.tag == 0x06 && about.oid() == tstInfo && digest.tag == 0x04)
	mustDER(bytes.Equal(digest.body, sum(s.hash, content)))
	certificate := one(signedBy)
	mustDER(certificate.tag == 0x30)
	first := certificate.parts().take(0x30).parts().take(0x30).parts()
	s.namedBy = crypto.SHA256
	if algorithm, there := first.maybe(0x30); there {
		s.namedBy = plainDigest(algorithm)
	}
	s.named = first.take(0x04).body
}

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

func (s *stamp) info(parts *derParts, text []byte) {
	mustDER(parts.take(0x02).is(1))
	parts.take(0x06).oid()
	imprint := parts.take(0x30).parts()
	mustDER(plainDigest(imprint.take(0x30)) == crypto.SHA256)
	digest := sha256.Sum256(text)
	mustDER(bytes.Equal(imprint.take(0x04).body, digest[:]))
	imprint.end()
	parts.take(0x02).integer()
	s.at = parts.take(0x18).moment()
	if accuracy, there := parts.maybe(0x30); there {
		readAccuracy(accuracy.parts())
	}
	parts.yes()
	if nonce, there := parts.maybe(0x02); there {
		nonce.integer()
	}
	parts.maybe(0xa0)
	if extensions, there := parts.maybe(0xa1); there {
		for _, each := range extensions.parts().all() {
			mustDER(each.tag == 0x30)
			extension := each.parts()
			extension.take(0x06).oid()
			mustDER(!extension.yes())
			extension.take(0x04)
			extension.end()
		}
	}
	parts.end()
}

func readAccuracy(parts *derParts) {
	for _, bound := range []struct {
		tag  byte
		most int64
	}{{0x02, 86400}, {0x80, 999}, {0x81, 999}} {
		if found, there := parts.maybe(bound.tag); there {
			value := found.integer()
			mustDER(value.Sign() >= 0 && value.Cmp(big.NewInt(bound.most)) <= 0)
		}
	}
	parts.end()
}

func (s stamp) verify(roots []byte) error {
	brought, err := readRoots(roots)
	if err != nil {
		return err
	}
	var own []*x509.Certificate
	for _, each := range s.certificates {
		found, err := x509.ParseCertificate(each)
		if err != nil {
			return err
		}
		own = append(own, found)
	}
	all := slices.Concat(own, brought)
	at := slices.IndexFunc(all, func(c *x509.Certificate) bool {
		return bytes.Equal(c.RawIssuer, s.issuer) && c.SerialNumber.Cmp(s.serial) == 0
	})
	if at < 0 || !bytes.Equal(sum(s.namedBy, all[at].Raw), s.named) {
		return errStamp
	}
	if err := s.signedWith(all[at]); err != nil {
		return err
	}
	return s.chain(all[at], all, brought)
}

func readRoots(data []byte) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		each, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		found = append(found, each)
	}
	return found, nil
}

func (s stamp) signedWith(c *x509.Certificate) error {
	if s.name != rsaPSS && s.parameters != "" && s.parameters != "\x05\x00" {
		return errStamp
	}
	switch public := c.PublicKey.(type) {
	case *rsa.PublicKey:
		hash, known := rsaNames[s.name]
		if !known || public.N.BitLen() < 2048 || hash != 0 && hash != s.hash {
			return errStamp
		}
		digest := sum(s.hash, s.signed)
		if s.name == rsaPSS {
			options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return rsa.VerifyPSS(public, s.hash, digest, s.signature, options)
		}
		return rsa.VerifyPKCS1v15(public, s.hash, digest, s.signature)
	case *ecdsa.PublicKey:
		hash, known := ecdsaNames[s.name]
		if known && ecdsa.VerifyASN1(public, sum(hash, s.signed), s.signature) {
			return nil
		}
	}
	return errStamp
}

var extKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}

func (s stamp) chain(leaf *x509.Certificate, others, brought []*x509.Certificate) error {
	critical := false
	for _, each := range leaf.Extensions {
		critical = critical || each.Id.Equal(extKeyUsage) && each.Critical
	}
	alone := len(leaf.ExtKeyUsage) == 1 && len(leaf.UnknownExtKeyUsage) == 0
	if !critical || !alone || leaf.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping {
		return errStamp
	}
	signs := x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	if leaf.KeyUsage != 0 && leaf.KeyUsage&signs == 0 {
		return errStamp
	}
	options := x509.VerifyOptions{
		Roots:         x509.NewCertPool(),
		Intermediates: x509.NewCertPool(),
		CurrentTime:   s.at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	}
	for _, each := range brought {
		if bytes.Equal(each.RawIssuer, each.RawSubject) {
			options.Roots.AddCert(each)
		}
	}
	for _, each := range others {
		options.Intermediates.AddCert(each)
	}
	_, err := leaf.Verify(options)
	return err
}

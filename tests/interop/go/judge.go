package main

import (
	"encoding/json"
	"errors"
	"io"

	"allod.example/interop/formats"
)

// judge answers questions until there are no more.
func judge(questions io.Reader, verdicts io.Writer) error {
	from, to := json.NewDecoder(questions), json.NewEncoder(verdicts)
	for {
		var question formats.Question
		err := from.Decode(&question)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		wrong := ""
		if err := question.Verdict(); err != nil {
			wrong = err.Error()
		}
		if err := to.Encode(wrong); err != nil {
			return err
		}
	}
}

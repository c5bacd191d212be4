;; Attacks: whoever takes the end of a run for its success. `run` returns its error and prints nothing.
;; Held by: the run's exit code, which must not be 0.
(module
  (func (export "wasi:cli/run@0.2.0#run") (result i32) (i32.const 1)))

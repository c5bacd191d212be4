;; Attacks: the host's time. Loops for ever and makes no host call, so no check at the import boundary ever runs.
;; Held by: ending the worker from outside (wall-clock limit, revocation).
(module
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (loop $for-ever (br $for-ever))
    unreachable))

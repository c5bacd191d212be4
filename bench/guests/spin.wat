;; Computes for ever, once it was told to, and never calls the host again.
(module
  (import "bench:calls/host@1.0.0" "settle" (func $settle (result i32)))
  (memory (export "memory") 1)
  (func $spin (loop $again (br $again)))
  (func (export "run") (if (call $settle) (then (call $spin)))))

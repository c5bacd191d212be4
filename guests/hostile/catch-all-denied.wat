;; Attacks: a host that stops a guest by throwing. Wraps a call that must be denied (random bytes, whose WIT function
;; has no error to return) in `try … catch_all`, prints `caught`, and goes on calling: `still running` 10,000 times.
;; Held by: a trap that the guest cannot catch, and a run that is poisoned for every later call.
(module
  ;; include ../fragments/print-imports.wat
  (import "wasi:random/random@0.2.0" "get-random-u64" (func $forbidden (result i64)))
  ;; include ../fragments/print.wat
  (data (i32.const 64) "trying\n\00" "caught\n\00" "still running\n\00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $left i32)
    (call $say (i32.const 64))
    try
      (drop (call $forbidden))
    catch_all
      (call $say (i32.const 72))
    end
    (local.set $left (i32.const 10000))
    (loop $again
      try
        (call $say (i32.const 80))
      catch_all
      end
      try
        (drop (call $forbidden))
      catch_all
      end
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (i32.const 0)))

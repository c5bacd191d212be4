;; Attacks: a host that stops a guest by throwing, with a call that must trap whatever the policy says (a handle that
;; does not exist) in `try … catch_all`. Prints `caught` and goes on: `still running` 10,000 times.
;; Held by: a trap that the guest cannot catch, and a run that is poisoned for every later call.
(module
  ;; include ../fragments/print-imports.wat
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $forbidden (param i32)))
  ;; include ../fragments/print.wat
  (data (i32.const 64) "trying\n\00" "caught\n\00" "still running\n\00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $left i32)
    (call $say (i32.const 64))
    try
      (call $forbidden (i32.const 9999))
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
        (call $forbidden (i32.const 9999))
      catch_all
      end
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (i32.const 0)))

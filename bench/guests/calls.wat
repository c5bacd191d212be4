;; Calls the host again and again, as often as the host says. The loop of a round is a function of its own, since an
;; engine replaces a function by its optimised form only when it is called anew.
(module
  (import "bench:calls/host@1.0.0" "settle" (func $settle (result i32)))
  (import "bench:calls/host@1.0.0" "begin" (func $begin))
  (import "bench:calls/host@1.0.0" "end" (func $end (param i64)))
  (import "bench:calls/host@1.0.0" "add" (func $add (param i32 i32) (result i32)))
  (import "bench:calls/host@1.0.0" "pair" (func $pair (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "tenants/acme/quota")
  (data (i32.const 64) "the quarterly figures of the third region")

  (func $scalar (param $calls i32)
    (local $i i32) (local $result i32) (local $sum i64)
    (call $begin)
    (loop $next
      ;; Both arguments change from call to call, and the second depends on the answer to the one before.
      (local.set $result (call $add (i32.and (local.get $i) (i32.const 7)) (local.get $result)))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $result))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $calls))))
    (call $end (local.get $sum)))

  (func $strings (param $calls i32)
    (local $i i32) (local $sum i64)
    (call $begin)
    (loop $next
      ;; The last letter of each string changes, so that no two calls in a row pass the same ones.
      (i32.store8 (i32.const 33) (i32.add (i32.const 97) (i32.rem_u (local.get $i) (i32.const 26))))
      (i32.store8 (i32.const 103) (i32.add (i32.const 97) (i32.rem_u (local.get $i) (i32.const 23))))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u
        (call $pair (i32.const 16) (i32.const 18) (i32.const 64) (i32.const 40)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $calls))))
    (call $end (local.get $sum)))

  (func (export "run-scalar")
    (local $calls i32)
    (loop $round
      (if (local.tee $calls (call $settle))
        (then (call $scalar (local.get $calls)) (br $round)))))

  (func (export "run-strings")
    (local $calls i32)
    (loop $round
      (if (local.tee $calls (call $settle))
        (then (call $strings (local.get $calls)) (br $round))))))

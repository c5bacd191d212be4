;; Writes 4 KiB to standard output again and again. It asks no `check-write`, which both hosts leave to the guest there.
(module
  (import "bench:calls/host@1.0.0" "settle" (func $settle (result i32)))
  (import "bench:calls/host@1.0.0" "begin" (func $begin))
  (import "bench:calls/host@1.0.0" "end" (func $end (param i64)))
  (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $get-stdout (result i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))
  (memory (export "memory") 2)

  ;; The sum is the number of writes that succeeded.
  (func $writes (param $stream i32) (param $calls i32)
    (local $i i32) (local $sum i64)
    (call $begin)
    (loop $next
      (i32.store (i32.const 65536) (local.get $i))
      (call $write (local.get $stream) (i32.const 65536) (i32.const 4096) (i32.const 16))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (i32.eqz (i32.load8_u (i32.const 16))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $calls))))
    (call $end (local.get $sum)))

  (func (export "run")
    (local $calls i32) (local $stream i32)
    (local.set $stream (call $get-stdout))
    (loop $round
      (if (local.tee $calls (call $settle))
        (then (call $writes (local.get $stream) (local.get $calls)) (br $round))))))

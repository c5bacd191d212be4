;; A small command as there are many, which prints one line. Its first instruction is a call of the host, in the start
;; function, before any export is called.
(module
  (import "bench:calls/host@1.0.0" "settle" (func $settle (result i32)))
  (import "bench:calls/host@1.0.0" "begin" (func $begin))
  (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $get-stdout (result i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $drop-stream (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "hello\n")
  (start $begin)
  (func (export "run")
    (local $stream i32)
    (local.set $stream (call $get-stdout))
    (call $write (local.get $stream) (i32.const 64) (i32.const 6) (i32.const 16))
    (if (i32.load8_u (i32.const 16)) (then unreachable))
    (call $drop-stream (local.get $stream))
    (drop (call $settle))))

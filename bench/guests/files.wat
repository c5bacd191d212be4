;; Writes 4 KiB to a file again and again, from its beginning in each round. It keeps to what `check-write` permits, and
;; flushes when that is used up.
(module
  (import "bench:calls/host@1.0.0" "settle" (func $settle (result i32)))
  (import "bench:calls/host@1.0.0" "begin" (func $begin))
  (import "bench:calls/host@1.0.0" "end" (func $end (param i64)))
  (import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $get-directories (param i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at"
    (func $open-at (param i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.write-via-stream"
    (func $write-via-stream (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.check-write" (func $check-write (param i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-flush" (func $flush (param i32 i32)))
  (import "wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $drop-stream (param i32)))
  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 1024))
  (data (i32.const 64) "written")

  ;; Only the list of directories is given to this guest; it never gives anything back.
  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  ;; The result at 16 must be a success.
  (func $check (if (i32.load8_u (i32.const 16)) (then unreachable)))

  (func $permitted (param $stream i32) (result i64)
    (call $check-write (local.get $stream) (i32.const 16))
    (call $check)
    (i64.load (i32.const 24)))

  ;; The sum is the number of writes that succeeded.
  (func $writes (param $stream i32) (param $calls i32)
    (local $i i32) (local $sum i64) (local $permit i64)
    (call $begin)
    (loop $next
      (if (i64.lt_u (local.get $permit) (i64.const 4096))
        (then
          (local.set $permit (call $permitted (local.get $stream)))
          (if (i64.lt_u (local.get $permit) (i64.const 4096))
            (then
              (call $flush (local.get $stream) (i32.const 16))
              (call $check)
              (local.set $permit (call $permitted (local.get $stream)))))))
      (i32.store (i32.const 65536) (local.get $i))
      (call $write (local.get $stream) (i32.const 65536) (i32.const 4096) (i32.const 16))
      (local.set $permit (i64.sub (local.get $permit) (i64.const 4096)))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (i32.eqz (i32.load8_u (i32.const 16))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $calls))))
    (call $end (local.get $sum)))

  (func $open (result i32)
    (call $get-directories (i32.const 16))
    (if (i32.eqz (i32.load (i32.const 20))) (then unreachable))
    ;; In the first directory; created, emptied, for writing.
    (call $open-at (i32.load (i32.load (i32.const 16))) (i32.const 0) (i32.const 64) (i32.const 7)
      (i32.const 9) (i32.const 2) (i32.const 16))
    (call $check)
    (i32.load (i32.const 20)))

  (func (export "run")
    (local $calls i32) (local $file i32) (local $stream i32)
    (local.set $file (call $open))
    (loop $round
      (if (local.tee $calls (call $settle))
        (then
          (call $write-via-stream (local.get $file) (i64.const 0) (i32.const 16))
          (call $check)
          (local.set $stream (i32.load (i32.const 20)))
          (call $writes (local.get $stream) (local.get $calls))
          (call $flush (local.get $stream) (i32.const 16))
          (call $check)
          (call $drop-stream (local.get $stream))
          (br $round))))))

;; A core module of WASI 0.1, as a compiler for `wasm32-wasip1` leaves it: no component around it. Prints its arguments
;; after the program's name, one a line (`hello` if there are none), and exits with 0, or with 3 if there were any.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args-sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd-write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "hello\00\n")
  (func $line (param $at i32)
    (local $end i32)
    (local.set $end (local.get $at))
    (block $found
      (loop $scan
        (br_if $found (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $scan)))
    (call $write (local.get $at) (i32.sub (local.get $end) (local.get $at)))
    (call $write (i32.const 70) (i32.const 1)))
  ;; One vector at a time: a host may write only the first of several.
  (func $write (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd-write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))
  (func (export "_start")
    (local $count i32)
    (local $at i32)
    (drop (call $args-sizes (i32.const 20) (i32.const 24)))
    (local.set $count (i32.sub (i32.load (i32.const 20)) (i32.const 1)))
    (if (i32.le_s (local.get $count) (i32.const 0))
      (then
        (call $line (i32.const 64))
        (call $exit (i32.const 0))))
    (drop (call $args (i32.const 1024) (i32.const 4096)))
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (call $line (i32.load (i32.add (i32.const 1024) (i32.mul (local.get $at) (i32.const 4)))))
      (br_if $next (i32.lt_u (local.get $at) (local.get $count))))
    (call $exit (i32.const 3))))

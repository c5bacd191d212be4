  ;; One page of memory, an allocator that only goes forward, and printing. Bytes 0 to 63 are scratch space.
  (memory (export "memory") 1)
  (global $stdout (mut i32) (i32.const -1))
  (global $free (mut i32) (i32.const 32768))

  (func $realloc (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
    (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (block $fits
      (loop $grow
        (br_if $fits
          (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $grow (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
      unreachable)
    (local.get $at))

  ;; Writes bytes to standard output and forgets the result.
  (func $print (param $at i32) (param $length i32)
    (if (i32.eq (global.get $stdout) (i32.const -1))
      (then (global.set $stdout (call $get-stdout))))
    (call $blocking-write (global.get $stdout) (local.get $at) (local.get $length) (i32.const 48)))

  ;; Prints a text that ends with a zero byte.
  (func $say (param $at i32)
    (local $end i32)
    (local.set $end (local.get $at))
    (block $found
      (loop $scan
        (br_if $found (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $scan)))
    (call $print (local.get $at) (i32.sub (local.get $end) (local.get $at))))

  ;; Prints one byte.
  (func $print-byte (param $byte i32)
    (i32.store8 (i32.const 40) (local.get $byte))
    (call $print (i32.const 40) (i32.const 1)))

  ;; Prints an unsigned number in decimal.
  (func $print-number (param $value i32)
    (local $at i32)
    (local.set $at (i32.const 40))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
      (local.set $value (i32.div_u (local.get $value) (i32.const 10)))
      (br_if $digit (local.get $value)))
    (call $print (local.get $at) (i32.sub (i32.const 40) (local.get $at))))

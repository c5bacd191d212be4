  ;; The last argument's first character as a digit, which says what to try; 0 without one. Needs print.wat.
  (func $choice (result i32)
    (local $count i32)
    (local $last i32)
    (local $digit i32)
    (call $get-arguments (i32.const 0))
    (local.set $count (i32.load (i32.const 4)))
    (if (i32.eqz (local.get $count)) (then (return (i32.const 0))))
    (local.set $last
      (i32.add (i32.load (i32.const 0)) (i32.mul (i32.sub (local.get $count) (i32.const 1)) (i32.const 8))))
    (if (i32.eqz (i32.load offset=4 (local.get $last))) (then (return (i32.const 0))))
    (local.set $digit (i32.sub (i32.load8_u (i32.load (local.get $last))) (i32.const 48)))
    (if (i32.gt_u (local.get $digit) (i32.const 9)) (then (return (i32.const 0))))
    (local.get $digit))

package onnx

// WriteWithLimit is Write for a largest size of the model's file that is small enough to test.
var WriteWithLimit = write

package cli

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// interruptible returns a context that ends with the first signal to stop: SIGINT, SIGTERM, or
// SIGHUP, which a terminal sends that goes away, unless the program was started with that one
// ignored, as nohup does. A second signal ends the process at once, whatever it is doing.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := toStop()
	// then a signal that is left to the system ends nothing
	deaf := os.Getpid() == 1 || slices.ContainsFunc(signals, signal.Ignored)
	received := make(chan os.Signal, 8)
	signal.Notify(received, signals...)
	go func() {
		<-received
		cancel()
		if !deaf {
			// from here on the system ends the process, even one that is too busy to look at this
			// channel
			signal.Stop(received)
		}
		endBy(<-received)
	}()
	return ctx, func() { cancel(); signal.Stop(received) }
}

// toStop are the signals that ask for an end.
func toStop() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
	return slices.DeleteFunc(signals, func(s os.Signal) bool { return s == syscall.SIGHUP && signal.Ignored(s) })
}

// endBy ends the process as a signal does that nobody handles.
func endBy(s os.Signal) {
	signal.Reset(s)
	if number, ok := s.(syscall.Signal); ok {
		if os.Getpid() != 1 && raise(number) == nil {
			time.Sleep(time.Second / 5)
		}
		os.Exit(128 + int(number)) // the system ignores it, or spares the first process of a container
	}
	os.Exit(Failed)
}

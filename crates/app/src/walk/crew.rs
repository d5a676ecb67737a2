//! Several threads on one heap of jobs that grows while they work.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How many jobs are taken from the heap at once, at most: enough to make the lock rare.
const LARGEST_BATCH: usize = 128;

/// Does all jobs, and those that they bring forth, with one thread per worker. Returns the workers.
///
/// `work` gets a worker, a job and the worker's own pile, to which it adds new jobs. A worker works its pile off alone
/// and shares it only while another one has nothing to do.
pub(super) fn run<J: Send, W: Send>(
    jobs: Vec<J>,
    mut workers: Vec<W>,
    work: impl Fn(&mut W, J, &mut Vec<J>) + Sync,
) -> Vec<W> {
    let crew = Crew {
        heap: Mutex::new(Heap { jobs, idle: 0, closed: false }),
        hungry: AtomicUsize::new(0),
        wake: Condvar::new(),
        size: workers.len(),
    };
    // The calling thread is one of the crew.
    if let Some((here, others)) = workers.split_first_mut() {
        let (crew, work) = (&crew, &work);
        thread::scope(|scope| {
            for worker in others {
                scope.spawn(move || crew.serve(worker, work));
            }
            crew.serve(here, work);
        });
    }
    workers
}

struct Crew<J> {
    heap: Mutex<Heap<J>>,
    /// How many wait for jobs: read without the lock, as a hint.
    hungry: AtomicUsize,
    wake: Condvar,
    size: usize,
}

struct Heap<J> {
    jobs: Vec<J>,
    idle: usize,
    closed: bool,
}

impl<J> Crew<J> {
    fn serve<W>(&self, worker: &mut W, work: &impl Fn(&mut W, J, &mut Vec<J>)) {
        // Should `work` panic, the others must not wait for a worker who is gone.
        let _closing = Closing(self);
        let mut pile = Vec::new();
        while self.take(&mut pile) {
            while let Some(job) = pile.pop() {
                work(worker, job, &mut pile);
                if pile.len() > 1 && self.hungry.load(Ordering::Relaxed) > 0 {
                    self.give(&mut pile);
                }
            }
        }
    }

    /// Takes a batch from the heap; waits while it is empty and somebody may still fill it.
    fn take(&self, pile: &mut Vec<J>) -> bool {
        let mut heap = self.heap();
        loop {
            if heap.closed {
                return false;
            }
            if !heap.jobs.is_empty() {
                let share = (heap.jobs.len() / (2 * self.size)).clamp(1, LARGEST_BATCH);
                let rest = heap.jobs.len() - share;
                pile.extend(heap.jobs.drain(rest..));
                return true;
            }
            heap.idle += 1;
            if heap.idle == self.size {
                heap.closed = true;
                self.wake.notify_all();
                return false;
            }
            self.hungry.fetch_add(1, Ordering::Relaxed);
            heap = self.wake.wait(heap).unwrap_or_else(PoisonError::into_inner);
            self.hungry.fetch_sub(1, Ordering::Relaxed);
            heap.idle -= 1;
        }
    }

    /// Gives the older half of a pile to those who have nothing.
    fn give(&self, pile: &mut Vec<J>) {
        let half = pile.len() / 2;
        self.heap().jobs.extend(pile.drain(..half));
        self.wake.notify_all();
    }

    fn heap(&self) -> MutexGuard<'_, Heap<J>> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Closing<'a, J>(&'a Crew<J>);

impl<J> Drop for Closing<'_, J> {
    fn drop(&mut self) {
        self.0.heap().closed = true;
        self.0.wake.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once_however_they_branch() {
        for workers in 1..=4 {
            let done =
                run(vec![(0_u32, 12_u32)], vec![Vec::new(); workers], |done: &mut Vec<u32>, (id, depth), pile| {
                    done.push(id);
                    if depth > 0 {
                        pile.push((id * 2 + 1, depth - 1));
                        pile.push((id * 2 + 2, depth - 1));
                    }
                });
            let mut done = done.concat();
            done.sort_unstable();
            assert_eq!(done, (0..(1 << 13) - 1).collect::<Vec<_>>(), "{workers} workers");
        }
    }

    #[test]
    fn a_panic_of_one_does_not_leave_the_others_waiting() {
        let outcome = std::panic::catch_unwind(|| {
            run(vec![0, 1, 2, 3], vec![(); 3], |(), job, _| assert_ne!(job, 2, "job 2 fails"));
        });
        assert!(outcome.is_err());
    }
}

/*
 * workers.c: threads for what blocks, so that the loop does not.
 */
#include "core/workers.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/loop.h"
#include "core/memory.h"

typedef struct Job
{
	WorkerCall work;
	WorkerCall done;
	void *argument;
	struct Job *next;
} Job;

typedef struct Queue
{
	Job *first;
	Job *last;
} Queue;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of both queues */
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static Queue given;
static Queue finished;
static int bell = -1; /* rings in the loop when something is finished */

static void
put(Queue *queue, Job *job)
{
	job->next = NULL;
	if (queue->first == NULL)
		queue->first = job;
	else
		queue->last->next = job;
	queue->last = job;
}

static Job *
take(Queue *queue)
{
	Job *job = queue->first;

	if (job != NULL)
		queue->first = job->next;
	return job;
}

static void *
work_for_ever(void *nothing)
{
	(void) nothing;
	pthread_mutex_lock(&lock);
	for (;;)
	{
		Job *job = take(&given);

		if (job == NULL)
		{
			pthread_cond_wait(&more, &lock);
			continue;
		}
		pthread_mutex_unlock(&lock);
		job->work(job->argument);
		pthread_mutex_lock(&lock);
		put(&finished, job);
		(void) eventfd_write(bell, 1);
	}
	return NULL;
}

static void
on_bell(void *argument, uint32_t events)
{
	eventfd_t times;
	Job *job;

	(void) argument;
	(void) events;
	(void) eventfd_read(bell, &times);
	do
	{
		pthread_mutex_lock(&lock);
		job = take(&finished);
		pthread_mutex_unlock(&lock);
		if (job != NULL)
			job->done(job->argument);
		free(job);
	} while (job != NULL);
}

bool
workers_open(int count)
{
	bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bell < 0)
		return false;
	loop_watch(bell, EPOLLIN, on_bell, NULL);
	while (count-- > 0)
	{
		pthread_t thread;

		if (pthread_create(&thread, NULL, work_for_ever, NULL) != 0)
			return false;
		pthread_detach(thread);
	}
	return true;
}

void
workers_give(WorkerCall work, WorkerCall done, void *argument)
{
	Job *job = must_have(malloc(sizeof(*job)));

	*job = (Job){ .work = work, .done = done, .argument = argument };
	pthread_mutex_lock(&lock);
	put(&given, job);
	pthread_cond_signal(&more);
	pthread_mutex_unlock(&lock);
}

#!/usr/bin/env node
import { runPlayer } from '@theriac/board/wire';
import { startTrainer } from './start';

void runPlayer(
  'trainer',
  'the defender: trains on what it is given and answers derivatives',
  '127.0.0.1:50051',
  startTrainer,
);

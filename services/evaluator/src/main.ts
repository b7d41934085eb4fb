#!/usr/bin/env node
import { runPlayer } from '@theriac/board/wire';
import { startEvaluator } from './start';

void runPlayer(
  'evaluator',
  'the only reader of the test split: scores, thresholds, verification',
  '127.0.0.1:50053',
  startEvaluator,
);
